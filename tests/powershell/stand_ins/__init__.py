"""Stand-ins for what Wine lacks, each as strict as what it stands for."""
